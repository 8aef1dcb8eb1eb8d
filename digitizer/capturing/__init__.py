"""What capture is made of: a decoder and a camera in processes of their own, and the folders and streams photos come from."""
