"""The caller's first answer: menus as data, a pure session, and the FastAGI process that speaks them."""
