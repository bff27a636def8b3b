-- Of every delivery in a range: a page's worth in one query.
SELECT * FROM delivery_match WHERE delivery >= $1 AND delivery <= $2
ORDER BY delivery, position;
