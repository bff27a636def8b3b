-- GUIDs that carry the time are kept in its order (Rows/DeliveryKey.swift).
UPDATE delivery
SET guid = substr(guid, 15, 4) || ':' || substr(guid, 10, 4) || ':' || substr(guid, 1, 8) || substr(guid, 19)
WHERE length(guid) = 36 AND substr(guid, 15, 1) = '1' AND substr(guid, 9, 1) = '-'
  AND substr(guid, 14, 1) = '-' AND substr(guid, 19, 1) = '-' AND substr(guid, 24, 1) = '-';
