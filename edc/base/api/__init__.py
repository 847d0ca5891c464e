"""What every endpoint shares: strict JSON, problems, versions, pages of lists, and the schema that describes them.

Nothing is imported here: DRF reads `bodies` while its own views are only half loaded.
"""
