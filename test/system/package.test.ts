/**
 * Checks the CloudFormation package that would be deployed. Making it takes longer than all of these tests, so they share one. To run
 * a single test, use `-t` with a part of its title.
 */
import "./package/functions.ts";
import "./package/permissions.ts";
import "./package/stored-data.ts";
import "./package/queues-and-schedules.ts";
import "./package/alarms.ts";
import "./package/artifacts.ts";
import "./package/stages.ts";
