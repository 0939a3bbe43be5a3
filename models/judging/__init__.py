"""What pictures are judged by: VGG's features, the losses and measures made of them, and Gatys' optimisation."""
