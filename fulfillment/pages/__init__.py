"""The warehouse's pages. They hold no rules: each write is one capability of fulfilment."""
