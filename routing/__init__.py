"""The live floor: who waits, who is ready, who is offered whom; the only writer of live state."""
