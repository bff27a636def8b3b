SELECT name, hold_sequence FROM service
WHERE hold_until = 'time' AND hold_until_time <= $1
ORDER BY name;
