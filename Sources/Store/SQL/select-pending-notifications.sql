SELECT target, count(*) AS pending FROM notification WHERE status = 'pending' GROUP BY target;
