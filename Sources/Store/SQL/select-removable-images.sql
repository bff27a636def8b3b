-- Images of a service ($1, in the repository $2) that nothing can need any more, the oldest first. Of
-- every deployment that has such an image, of whichever service, holds: it ended before $3, and lies
-- behind its service's $4 newest that landed;
-- 1. it is not deployed, nor is its digest or, where somebody else wrote the entry, one of its tags;
-- 2. no hold may release it (R9);
-- 3. nothing under way has its source or inputs, and so might take its image (R8);
-- 4. no later image that is there was built from the same inputs, and might contain it, or has its tags.
SELECT old.image_digest FROM deployment AS old
WHERE old.service = $1 AND old.image_repository = $2 AND old.published_at IS NOT NULL
  AND old.image_removed_at IS NULL AND old.image_condemned_at IS NULL AND old.finished_at < $3
  AND NOT EXISTS (SELECT 1 FROM service WHERE service.current_digest = old.image_digest)
  AND NOT EXISTS (
    SELECT 1 FROM deployment AS one
    WHERE one.image_digest = old.image_digest AND one.image_repository = old.image_repository
      AND (one.finished_at IS NULL OR one.finished_at >= $3
        OR one.sequence > coalesce((
          SELECT landed.sequence FROM deployment AS landed
          WHERE landed.service = one.service AND landed.manifest_commit IS NOT NULL
          ORDER BY landed.sequence DESC LIMIT 1 OFFSET $4), 0)
        OR EXISTS (
          SELECT 1 FROM service
          WHERE service.name = one.service
            AND (service.current_number = one.number OR service.hold_sequence < one.sequence))
        OR EXISTS (
          SELECT 1 FROM deployment_tag AS mine JOIN service ON service.current_tag = mine.tag
          WHERE mine.deployment = one.sequence)
        OR EXISTS (
          SELECT 1 FROM deployment AS flying
          WHERE flying.finished_at IS NULL
            AND (flying.source_commit = one.source_commit
              OR flying.input_digest = one.input_digest))
        OR EXISTS (
          SELECT 1 FROM deployment AS later
          WHERE later.service = one.service AND later.input_digest = one.input_digest
            AND later.published_at IS NOT NULL AND later.image_condemned_at IS NULL
            AND later.sequence > one.sequence AND later.image_digest <> one.image_digest)
        OR EXISTS (
          SELECT 1 FROM deployment_tag AS mine
          JOIN deployment_tag AS theirs ON theirs.tag = mine.tag
          JOIN deployment AS later ON later.sequence = theirs.deployment
          WHERE mine.deployment = one.sequence
            AND later.image_repository = one.image_repository
            AND later.image_condemned_at IS NULL AND later.sequence > one.sequence
            AND later.image_digest <> one.image_digest)))
ORDER BY old.sequence LIMIT $5;
