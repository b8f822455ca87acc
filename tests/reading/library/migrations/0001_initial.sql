CREATE TABLE authors (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, name varchar(100) NOT NULL, born date, rank int,
    facts jsonb
);
CREATE TABLE books (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, title varchar(100) NOT NULL,
    author_id uuid NOT NULL REFERENCES authors, editor_id uuid REFERENCES authors,
    sequel_of_id uuid REFERENCES books, binding varchar(20) NOT NULL, genres text[],
    pages int, price_minor int NOT NULL, lent_at timestamptz
);
CREATE TABLE reviews (
    id uuid PRIMARY KEY, business_id uuid NOT NULL, book_id uuid NOT NULL REFERENCES books,
    stars int NOT NULL, words text
);
