"""What is stored of consent, and what forgetting finds and erases."""
