"""Channels: everything that speaks AMI, FastAGI or SIP. Knows calls and devices, never subscribers."""
