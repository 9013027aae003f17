"""What installing and importing the product adds to a program that has FastAPI already."""
