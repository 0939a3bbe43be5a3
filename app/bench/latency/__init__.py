"""How late pictures are: a time code in the room, a pattern on the screen."""
