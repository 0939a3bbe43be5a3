"""The web pages of a session: the visitors' and the operator's."""
