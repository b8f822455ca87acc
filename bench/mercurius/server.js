// The Mercurius server of the live test: books, and publishes what it booked to its subscribers.
import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

const schema = `
  type Client { id: ID! fullName: String! }
  type Appointment { id: ID! startsAt: String! endsAt: String! status: String! client: Client! }
  type Problem { code: String! message: String! }
  type BookAppointmentPayload { appointment: Appointment problems: [Problem!]! replayed: Boolean! }
  input BookAppointmentInput { clientId: ID! serviceId: ID! staffId: ID! startsAt: String! }
  type AppointmentChange { kind: String! at: String! appointment: Appointment! }
  type Query { ready: Boolean! }
  type Mutation {
    bookAppointment(input: BookAppointmentInput!, idempotencyKey: String): BookAppointmentPayload!
  }
  type Subscription { appointmentChanges: AppointmentChange! }
`;

const BOOK = `
  WITH booked AS (
    INSERT INTO appointments (business_id, client_id, service_id, staff_id, starts_at, ends_at,
      blocked_from, blocked_until, price_minor, currency)
    SELECT business_id, $1, id, $3, $4, $4::timestamptz + make_interval(mins => duration_minutes),
      $4::timestamptz - make_interval(mins => buffer_before_minutes),
      $4::timestamptz + make_interval(mins => duration_minutes + buffer_after_minutes),
      price_minor, currency
    FROM services WHERE id = $2
    RETURNING *
  ), segment AS (
    INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id,
      starts_at, ends_at, blocked_from, blocked_until, price_minor, currency)
    SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from,
      blocked_until, price_minor, currency
    FROM booked
  )
  SELECT b.id, b.starts_at, b.ends_at, b.status, b.created_at, c.id AS client_id,
    c.first_name || ' ' || c.last_name AS full_name
  FROM booked b JOIN clients c ON c.id = b.client_id
`;

const resolvers = {
  Query: { ready: () => true },
  Mutation: {
    async bookAppointment(_, { input }, { pubsub }) {
      let row;
      try {
        const { rows } = await pool.query({
          name: "book",
          text: BOOK,
          values: [input.clientId, input.serviceId, input.staffId, input.startsAt],
        });
        [row] = rows;
      } catch (error) {
        if (error.code !== "23P01") throw error;
        const taken = { code: "SLOT_TAKEN", message: "Somebody else has that time." };
        return { appointment: null, problems: [taken], replayed: false };
      }
      const appointment = {
        id: row.id,
        startsAt: row.starts_at.toISOString(),
        endsAt: row.ends_at.toISOString(),
        status: row.status,
        client: { id: row.client_id, fullName: row.full_name },
      };
      const change = { kind: "BOOKED", at: row.created_at.toISOString(), appointment };
      await pubsub.publish({ topic: "changes", payload: { appointmentChanges: change } });
      return { appointment, problems: [], replayed: false };
    },
  },
  Subscription: {
    appointmentChanges: { subscribe: (_, __, { pubsub }) => pubsub.subscribe("changes") },
  },
};

const app = Fastify();
await app.register(mercurius, { schema, resolvers, jit: 1, subscription: true });
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => process.exit(0));
}
