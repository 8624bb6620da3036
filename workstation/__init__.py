"""Everything a person sees: pages, the operator's desk, the supervisor's floor, the websocket hub."""
