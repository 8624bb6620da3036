"""A dialler's shift in simulated time: the real pacing beside the rules of others, in front of the same chance."""
