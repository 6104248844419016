"""What our page costs a browser, against the original page, which is drawn by Epoch."""
