UPDATE deployment
SET image_repository = $3, image_tag = $4, image_digest = $5, image_tags = $6,
  image_reused_from = $7, published_at = $8
WHERE service = $1 AND number = $2;
