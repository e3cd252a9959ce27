"""What kinds of errors runs make."""
