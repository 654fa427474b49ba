/** Node's own limit. Jest sets 100, with which each error costs several times as much, and tests make many errors. */
Error.stackTraceLimit = 10;
