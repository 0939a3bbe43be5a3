"""How quickly pairs are painted, beside other networks and the processor's own peak."""
