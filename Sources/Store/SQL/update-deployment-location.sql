UPDATE deployment
SET manifest_repository = $3, manifest_branch = $4, manifest_path = $5, manifest_image = $6
WHERE service = $1 AND number = $2;
