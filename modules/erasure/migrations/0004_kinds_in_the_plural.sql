-- What a receipt counts has the names people read, in the plural; so has the file itself.
UPDATE erasures SET went = went - 'file' || jsonb_build_object('clients', went -> 'file') WHERE went ? 'file';
