/** Which tools a caller is offered: those that the policy could permit for it. Pure. */
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import type { Foresight } from "../policy/policy.ts";
import { CALL_REFERENCE, CALL_REFERENCE_MAX_LENGTH, type ObjectSchema, type Tool } from "./tool.ts";

/** As `tools/list` of the Model Context Protocol writes it. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema?: ObjectSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** The tools that some call of the principal could use. A tool that is left out would be denied whatever its arguments are. */
export function offeredTools(
  tools: readonly Tool[],
  policy: Policy,
  principal: Principal,
  stage: string,
): readonly OfferedTool[] {
  return tools.flatMap((tool) => {
    const { resource, action } = tool;
    const foresight = policy.foresee({ principal, resource, action, stage });
    return foresight.canBePermitted ? [offered(tool, foresight)] : [];
  });
}

const REFERENCE = {
  type: "string",
  maxLength: CALL_REFERENCE_MAX_LENGTH,
  description:
    "Leave it out. The same arguments are carried out once in 24 hours, however often you call. Only if a person wants the very same thing a second time: a text of your own, such as second-month",
};

const APPROVAL = "A person may have to approve the call first.";

/** A masked field has another type than its schema says, and clients refuse what does not fit the schema. */
function offered(
  { name, description, inputSchema, outputSchema, action }: Tool,
  { canNeedApproval, canBeRedacted }: Foresight,
): OfferedTool {
  const isReading = action === "read";
  return {
    name,
    description: canNeedApproval ? `${description} ${APPROVAL}` : description,
    inputSchema: isReading
      ? inputSchema
      : { ...inputSchema, properties: { ...inputSchema.properties, [CALL_REFERENCE]: REFERENCE } },
    ...(outputSchema === undefined || canBeRedacted ? {} : { outputSchema }),
    annotations: {
      readOnlyHint: isReading,
      destructiveHint: !isReading,
      idempotentHint: true,
      openWorldHint: true,
    },
  };
}
