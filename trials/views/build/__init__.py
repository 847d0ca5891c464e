"""Pages on which a study is built: a draft's visits, forms, items, code lists and checks."""
