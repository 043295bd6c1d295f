"""The SQL of the audit of webhooks: what waits has somebody who sends it, what is said to be sent was. Shaped as in `queries`."""

WEBHOOKS = {
    "webhook_deliveries_are_of_their_events": (
        "whd",
        "SELECT count(*) FROM webhook_deliveries WHERE NOT test",
        """SELECT delivery.id FROM webhook_deliveries AS delivery LEFT JOIN chassis.events AS event ON event.id = delivery.event_id
           WHERE NOT delivery.test AND event.type IS DISTINCT FROM delivery.type""",
    ),
    "webhook_deliveries_follow_from_attempts": (
        "whd",
        "SELECT count(*) FROM webhook_deliveries",
        """SELECT delivery.id FROM webhook_deliveries AS delivery LEFT JOIN (
               SELECT delivery_id, count(*) AS counted, max(number) AS newest,
                   (array_agg(status ORDER BY number DESC))[1] AS status
               FROM webhook_attempts GROUP BY delivery_id
           ) AS logged ON logged.delivery_id = delivery.id
           WHERE (coalesce(logged.counted, 0), coalesce(logged.newest, 0)) <> (delivery.attempts, delivery.attempts)
               OR (delivery.state = 'acknowledged' AND (logged.status BETWEEN 200 AND 299) IS NOT TRUE)""",
    ),
    "webhooks_wait_for_an_endpoint_that_is_sent_to": (
        "whd",
        "SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'",
        """SELECT delivery.id FROM webhook_deliveries AS delivery JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id
           WHERE delivery.state = 'pending' AND endpoint.state <> 'active'""",
    ),
    "webhooks_are_queued_from_the_log": (
        None,
        "SELECT count(*) FROM webhook_progress",
        """SELECT 'position ' || progress.position FROM webhook_progress AS progress
           WHERE progress.position > (SELECT coalesce(max(position), 0) FROM chassis.event_positions)""",
    ),
}
