"""The root of the REST API: what it is made of, who may ask, and its documentation."""
