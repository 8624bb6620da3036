"""Tests of telephony/: a real Asterisk and scripted peers on real sockets."""
