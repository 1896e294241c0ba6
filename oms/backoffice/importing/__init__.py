"""The import wizard: a file of products, stock, locations, customers or orders, tried first, then written row by row.

`files` tells what was uploaded and refuses what is no table; `csv_table` and `xlsx_table` read rows out of it, and
`staging` keeps them in pieces. `fields` guesses which column is what, `values` reads the cells as people write them.
`planning` brings together the rows that must be decided together; `running` decides piece after piece. What a row
means is a kind's (`products`, `stock`, `places`, `customers`, `orders`): each calls the capability the API calls.
"""
