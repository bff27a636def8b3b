INSERT INTO service (name, last_number) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING;
