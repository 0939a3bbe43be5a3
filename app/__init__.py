"""The program that runs while somebody wears the headset."""
