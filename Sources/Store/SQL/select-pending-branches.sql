SELECT DISTINCT repository, ref FROM delivery WHERE outcome = 'pending';
