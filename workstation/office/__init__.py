"""Pages beside the desk and the floor: lists and forms of the base (shell); see docs/office.md."""
