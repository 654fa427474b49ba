/** The environment of all functions, as a deployment sets it. */
import { CONSUMED_QUEUES, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { TABLES, tableId, tableVariable } from "../../../resources/tables.ts";

export const APP_SECRET = "app-secret-of-the-simulation";
export const WEBHOOK_SECRET = "whsec_simulated";
export const ADMIN_EMAIL = "owner@example.com";

export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: "us-east-1",
  APP_SECRET,
  STRIPE_SECRET_KEY: "sk_test_simulated",
  STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  STRIPE_API_BASE: "http://stripe.invalid",
  STAGE: "dev",
  AUDIT_RETENTION_DAYS: "400",
  AUDIT_ARCHIVE: "on",
  CARD_EXPIRY_DAYS: "30",
  FAILURE_MAIL_MINUTES: "10",
  FOLLOW_UP_DAYS: "1,3,5",
  ADMIN_ATTEMPTS: "3",
  ADMIN_EMAIL,
  ACCESS_GRACE_DAYS: "3",
  DUPLICATE_SUBSCRIPTIONS: "report",
  AUTOMATIC_MAILS: "receipt,refund",
  EMAIL_FROM: "payments@example.com",
  PUBLIC_URL: "https://pay.example.com",
  API_URL: "https://api.example.com",
  RETURN_ORIGINS: "https://shop.example.com",
  NOTIFICATIONS_TOPIC_ARN: "arn:aws:sns:us-east-1:000000000000:notifications",
  ...Object.fromEntries(TABLES.map((table) => [tableVariable(table), tableId(table)])),
  ...Object.fromEntries(
    CONSUMED_QUEUES.map((queue) => [queueUrlVariable(queue), `https://sqs.invalid/000000000000/${queue}`]),
  ),
};
