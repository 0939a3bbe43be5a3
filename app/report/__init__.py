"""The HTML pages: one base page, a template each, and the styles that they share."""
