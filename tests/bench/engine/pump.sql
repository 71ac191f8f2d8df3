-- A job for each lane and each source that has something to send, deferred by the transaction that gives it that.
--
-- It happens at the very end of the transaction, in the COMMIT, so that what others wait for is held for a moment only,
-- and costs no way to the server. The block with EXCEPTION is a SAVEPOINT: a job that waits already spoils nothing.
CREATE FUNCTION defer_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    what text;
    work text;
BEGIN
    IF TG_TABLE_NAME = 'message' THEN
        what := NEW.lane_id::text;
    ELSE
        what := NEW.source;
    END IF;
    work := TG_ARGV[0] || ':' || what;
    IF EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = work AND status = 'todo') THEN
        RETURN NULL;
    END IF;
    BEGIN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'outbox', TG_ARGV[0], 0, work, work, jsonb_build_object('key', what), NULL
        )::procrastinate_job_to_defer_v1]);
    EXCEPTION WHEN unique_violation THEN
        NULL;
    END;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER defer_lane AFTER INSERT OR UPDATE OF version ON message
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'due') EXECUTE FUNCTION defer_work('Delivery');

CREATE CONSTRAINT TRIGGER defer_reply AFTER INSERT OR UPDATE OF state ON publication
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'due') EXECUTE FUNCTION defer_work('Publishing');
