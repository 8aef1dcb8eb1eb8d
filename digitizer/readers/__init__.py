"""Recognition engines, one a file, imported lazily by those who use them.

base             what an engine is: pictures of lines in, lattices out
onnx_recogniser  the recogniser of handwriting
signs            the recognisers of single signs, in boxes and in lines
lazily           the same, loaded when it is first asked
tesseract        Tesseract, for printed labels
vision           a vision server, for second opinions
"""
