SELECT pg_notify('slipway', $1) IS NULL AS sent;
