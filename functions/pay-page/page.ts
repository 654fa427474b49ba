/** The pay page as HTML, one page per state. Mustache escapes every value. Pure. */
import Mustache from "mustache";
import { formatMoney } from "../../lib/money/format-money.ts";

export interface PayForm {
  /** In the currency's smallest unit. */
  readonly amount: number;
  readonly currency: string;
  readonly description: string | undefined;
  readonly clientSecret: string;
  readonly publishableKey: string;
  /** Where Stripe.js comes from. */
  readonly stripeJs: string;
}

const FRAME = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{title}}</title>
<link rel="stylesheet" href="/pay/assets/pay.css">
{{#stripeJs}}<script src="{{stripeJs}}" defer></script>
<script src="/pay/assets/pay.js" defer></script>{{/stripeJs}}
</head>
<body>
<main>
{{> content}}
</main>
</body>
</html>
`;

const FORM = `<h1>Amount to pay</h1>
<p class="amount">{{money}}</p>
{{#description}}<p class="description">{{description}}</p>{{/description}}
<form data-client-secret="{{clientSecret}}" data-publishable-key="{{publishableKey}}">
<div id="payment-element"></div>
<button type="submit" disabled>Pay {{money}}</button>
</form>
<p class="state good" id="done" role="status" tabindex="-1" hidden></p>
<p class="problem" role="alert" aria-live="assertive"></p>
<noscript><p class="problem">Paying by card needs JavaScript. Switch it on and reload this page.</p></noscript>
<p class="note">Your card details go straight to Stripe over an encrypted connection. They never reach our servers.</p>
`;

const NOTICE = `{{#money}}<h1>Your payment</h1>
<p class="amount">{{money}}</p>{{/money}}
<p class="state{{#good}} good{{/good}}">{{title}}</p>
<p class="note">{{text}}</p>
`;

/** The form for a payment that can be paid. */
export function formPage(form: PayForm): string {
  const money = formatMoney(form);
  return Mustache.render(FRAME, { ...form, money, title: `Pay ${money}` }, { content: FORM });
}

/** A page that only says something. `money` is given where there is an amount to show. */
export function noticePage(notice: {
  readonly title: string;
  readonly text: string;
  readonly good?: boolean;
  readonly money?: { readonly amount: number; readonly currency: string };
}): string {
  const money = notice.money === undefined ? undefined : formatMoney(notice.money);
  return Mustache.render(FRAME, { ...notice, money }, { content: NOTICE });
}
