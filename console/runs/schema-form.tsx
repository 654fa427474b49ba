/** The controls of a form that was made from a schema. */
import { useId } from "preact/hooks";
import type { FormField } from "../../scripts/console/runs/form.ts";
import { childOf, type Draft, emptyDraft, isList, type Mistake } from "./draft.ts";

interface FieldsProps {
  readonly fields: readonly FormField[];
  readonly draft: Draft | undefined;
  readonly mistakes: readonly Mistake[];
  readonly onChange: (draft: Draft) => void;
  /** The path of the fields around these. */
  readonly at?: string;
}

export function SchemaFields({ fields, draft, mistakes, onChange, at = "" }: FieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          label={field.name}
          path={at === "" ? field.name : `${at}.${field.name}`}
          draft={childOf(draft, field.name)}
          mistakes={mistakes}
          beside={(name) => childOf(draft, name)}
          onChange={(changed) =>
            onChange({
              ...(typeof draft === "object" && !isList(draft) ? draft : {}),
              [field.name]: changed,
            })
          }
        />
      ))}
    </>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly label: string;
  readonly path: string;
  readonly draft: Draft | undefined;
  readonly mistakes: readonly Mistake[];
  /** What is typed into the field of that name beside this one. */
  readonly beside: (name: string) => Draft | undefined;
  readonly onChange: (draft: Draft) => void;
}

function Field(props: FieldProps) {
  const { field, label, path, draft, mistakes, onChange } = props;
  if (field.kind === "object")
    return (
      <fieldset>
        <legend>{labelOf(label, field)}</legend>
        {field.description !== undefined && <p class="quiet">{field.description}</p>}
        <SchemaFields
          fields={field.fields ?? []}
          draft={draft}
          mistakes={mistakes}
          onChange={onChange}
          at={path}
        />
      </fieldset>
    );
  if (field.kind === "list") return <Items {...props} />;
  return <Control {...props} />;
}

function Items({ field, label, path, draft, mistakes, onChange }: FieldProps) {
  const items = isList(draft) ? draft : [];
  const { item } = field;
  if (item === undefined) return null;
  return (
    <fieldset>
      <legend>{labelOf(label, field)}</legend>
      {field.description !== undefined && <p class="quiet">{field.description}</p>}
      {items.map((each, index) => (
        <div key={index} class="item">
          <Field
            field={item}
            label={`${label} ${index + 1}`}
            path={`${path}.${index}`}
            draft={each}
            mistakes={mistakes}
            beside={() => undefined}
            onChange={(changed) => onChange(items.map((old, at) => (at === index ? changed : old)))}
          />
          <button type="button" onClick={() => onChange(items.filter((_, at) => at !== index))}>
            Remove {label} {index + 1}
          </button>
        </div>
      ))}
      <button type="button" onClick={() => onChange([...items, emptyDraft(item)])}>
        Add to {label}
      </button>
    </fieldset>
  );
}

function Control({ field, label, path, draft, mistakes, beside, onChange }: FieldProps) {
  const id = useId();
  const text = typeof draft === "string" ? draft : "";
  const messages = mistakes.filter((mistake) => mistake.path === path).map(({ message }) => message);
  const hints = [field.description, ...hintsOf(field, text, beside("currency"))].filter(Boolean).join(". ");
  const described = [hints === "" ? "" : `${id}-hint`, messages.length === 0 ? "" : `${id}-mistake`]
    .filter(Boolean)
    .join(" ");
  const common = {
    id,
    name: path,
    required: field.required,
    "aria-invalid": messages.length > 0,
    ...(described === "" ? {} : { "aria-describedby": described }),
  };
  const typed = (event: { readonly currentTarget: { readonly value: string } }) =>
    onChange(event.currentTarget.value);
  return (
    <div class="field">
      <label for={id}>{labelOf(label, field)}</label>
      {field.kind === "choice" || field.kind === "flag" ? (
        <select {...common} value={text} onChange={typed}>
          <option value="">{field.required ? "choose" : "left out"}</option>
          {field.kind === "flag" ? (
            <>
              <option value="true">yes</option>
              <option value="false">no</option>
            </>
          ) : (
            field.choices?.map((choice) => (
              <option key={choice} value={choice}>
                {choice.replace(/^"(.*)"$/, "$1")}
              </option>
            ))
          )}
        </select>
      ) : field.kind === "json" ? (
        <textarea {...common} rows={3} spellcheck={false} value={text} onInput={typed} />
      ) : (
        <input
          {...common}
          value={text}
          autocomplete="off"
          spellcheck={false}
          inputMode={field.kind === "number" ? (field.integer === true ? "numeric" : "decimal") : "text"}
          onInput={typed}
        />
      )}
      {hints !== "" && (
        <p id={`${id}-hint`} class="quiet">
          {hints}
        </p>
      )}
      {messages.length > 0 && (
        <p id={`${id}-mistake`} class="mistake">
          {label} {messages.join("; ")}
        </p>
      )}
    </div>
  );
}

const labelOf = (label: string, { required }: FormField) => (required ? label : `${label} (optional)`);

/** Without a currency beside it, an amount of 4200 is $42.00 and ¥4200. */
function hintsOf(field: FormField, text: string, currency: Draft | undefined): (string | undefined)[] {
  const { kind, isAmount, minimum, maximum, format, jsonType } = field;
  return [
    field.default === undefined ? undefined : `By default ${field.default}`,
    minimum === undefined ? undefined : `At least ${minimum}`,
    maximum === undefined ? undefined : `At most ${maximum}`,
    format === undefined ? undefined : `Format: ${format}`,
    kind === "json" ? `Written as JSON${jsonType === undefined ? "" : `, an ${jsonType}`}` : undefined,
    isAmount === true ? amountHint(text, typeof currency === "string" ? currency : "") : undefined,
  ];
}

function amountHint(text: string, currency: string): string {
  const unit = "In the currency's smallest unit";
  if (!/^\d+$/.test(text) || !/^[a-z]{3}$/.test(currency))
    return `${unit}: 4200 is 42.00 US dollars, and 4200 yen`;
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  const decimals = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${unit}: ${format.format(Number(text) / 10 ** decimals)}`;
}
