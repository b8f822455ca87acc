-- What a client spent is in the currency of the business, so it is counted anew when that changes.
CREATE FUNCTION count_spent(of_business uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM client_figures WHERE business_id = of_business ORDER BY id FOR NO KEY UPDATE;
    UPDATE client_figures c SET spent_minor = f.spent
    FROM (
        SELECT k.id, coalesce(sum(a.price_minor), 0) AS spent
        FROM client_figures k
        JOIN businesses b ON b.id = k.business_id
        LEFT JOIN appointments a ON a.business_id = k.business_id AND a.client_id = k.id AND a.currency = b.currency
            AND (a.status = 'COMPLETED' OR a.status = 'BOOKED' AND a.ends_at <= now())
        WHERE k.business_id = of_business
        GROUP BY k.id
    ) f
    WHERE c.id = f.id AND c.spent_minor <> f.spent;
END
$$;
CREATE FUNCTION businesses_currency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_spent(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER businesses_currency AFTER UPDATE OF currency ON businesses
    FOR EACH ROW WHEN (NEW.currency <> OLD.currency) EXECUTE FUNCTION businesses_currency();
SELECT count_spent(id) FROM businesses;
