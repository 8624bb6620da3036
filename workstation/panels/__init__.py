"""Forms of the desk's one screen: each a panel beside the card, sent without leaving it."""
