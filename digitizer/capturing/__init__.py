"""What capture is made of: a decoder and a camera in processes of their own, and the folders and streams photos come from.

files    a photo's file: its bytes, and its name as it can be told
pixels   a file's bytes in, pixels or times out: asks the decoder
decoder  the process that decodes, limited in memory and time
channel  messages between a process and its child
child    a child process, started again when it falls
clock    when a photo was taken
sources  where photos come from while nobody uploads them
folder   a watched folder
camera   a camera or stream: asks the grabber
grabber  the process that holds a camera open
shown    which frame of a look is kept; dark, covered, torn and frozen ones
dslr     a camera on a USB cable, through gphoto2
virtual  a folder played as a camera, with faults
health   how a source fares, in words
"""
