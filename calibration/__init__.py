"""What is true of the board and the camera: frames, lens, reference view. Knows nothing of cards."""
