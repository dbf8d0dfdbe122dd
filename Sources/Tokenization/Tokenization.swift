// Room for Tokenization.
