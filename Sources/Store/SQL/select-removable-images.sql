-- Images of a service ($1, in the repository $2) that nothing can need any more, the oldest first. Of
-- every deployment that has such an image, of whichever service, holds: it ended before $3, and lies
-- behind its service's $4 newest that landed;
-- 1. it is not deployed, nor is its digest or, where somebody else wrote the entry, one of its tags;
-- 2. no hold may release it (R9);
-- 3. nothing under way has its source or inputs, and so might take its image (R8);
-- 4. no later image that is there was built from the same inputs, and might contain it, or has its tags.
-- What does not depend on the row is asked once: the service's own bound, and all that is deployed. The
-- inner limit is never reached: it keeps PostgreSQL from asking all this of every row and sorting what is
-- left, where `deployment_image_there` has them in order and $5 ends the search.
WITH bound AS (
  SELECT coalesce((
    SELECT landed.sequence FROM deployment AS landed
    WHERE landed.service = $1 AND landed.manifest_commit IS NOT NULL
    ORDER BY landed.sequence DESC LIMIT 1 OFFSET $4), 0) AS sequence)
SELECT old.image_digest FROM (
  SELECT deployment.image_digest, deployment.image_repository FROM deployment
  WHERE deployment.service = $1 AND deployment.image_repository = $2
    AND deployment.published_at IS NOT NULL AND deployment.image_removed_at IS NULL
    AND deployment.image_condemned_at IS NULL AND deployment.finished_at < $3
    AND deployment.sequence <= (SELECT bound.sequence FROM bound)
  ORDER BY deployment.finished_at, deployment.sequence LIMIT 1000000000) AS old
WHERE old.image_digest NOT IN (
    SELECT service.current_digest FROM service WHERE service.current_digest IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM deployment AS one
    WHERE one.image_digest = old.image_digest AND one.image_repository = old.image_repository
      AND (one.finished_at IS NULL OR one.finished_at >= $3
        OR one.sequence > CASE WHEN one.service = $1 THEN (SELECT bound.sequence FROM bound)
          ELSE coalesce((
            SELECT landed.sequence FROM deployment AS landed
            WHERE landed.service = one.service AND landed.manifest_commit IS NOT NULL
            ORDER BY landed.sequence DESC LIMIT 1 OFFSET $4), 0) END
        OR EXISTS (
          SELECT 1 FROM service
          WHERE service.name = one.service
            AND (service.current_number = one.number OR service.hold_sequence < one.sequence))
        OR EXISTS (
          SELECT 1 FROM deployment_tag AS mine
          WHERE mine.deployment = one.sequence AND mine.tag IN (
            SELECT service.current_tag FROM service WHERE service.current_tag IS NOT NULL))
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
LIMIT $5;
