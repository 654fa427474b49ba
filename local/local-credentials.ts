/** Credentials that work with every emulator and with nothing else: the local stack never sends real ones. */
export const LOCAL_ACCOUNT_ID = "000000000000";

export const LOCAL_CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" } as const;
