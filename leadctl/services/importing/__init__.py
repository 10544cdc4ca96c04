"""Import: files of leads, activities, companies and costs into the database, every row accounted for."""
