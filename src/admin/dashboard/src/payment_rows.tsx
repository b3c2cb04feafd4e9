import {moment, money, exact, words} from './format';
import {PartnerLink} from './names';
import type {Card, Payment} from './types';
import {Mode, PaymentState} from './ui';

export const cardText = (card: Card | null) => (card?.last4 ? `${words(card.brand)} ···· ${card.last4}` : '–');

export function PaymentRows({payments, withPartner}: {payments: Payment[]; withPartner?: boolean}) {
  return (
    <div class="scroll">
      <table class="rows links">
        <thead>
          <tr>
            <th scope="col" class="num">
              Amount
            </th>
            <th scope="col">State</th>
            {withPartner && <th scope="col">Partner</th>}
            <th scope="col">Card</th>
            <th scope="col">Mode</th>
            <th scope="col">Made</th>
            <th scope="col">Payment</th>
          </tr>
        </thead>
        <tbody>
          {payments.map((payment) => (
            <tr key={payment.id} data-payment={payment.id}>
              <th scope="row" class="num strong">
                <a href={`#/payments/${payment.id}?partner=${payment.partner}`}>
                  {money(payment.amount, payment.currency, payment.currency_digits)}
                </a>
              </th>
              <td>
                <PaymentState payment={payment} />
                {payment.decline_code && <small class="muted"> {words(payment.decline_code)}</small>}
              </td>
              {withPartner && (
                <td>
                  <PartnerLink id={payment.partner} />
                </td>
              )}
              <td class="when">{cardText(payment.card)}</td>
              <td>
                <Mode mode={payment.mode} />
              </td>
              <td class="when">
                <time dateTime={exact(payment.created_us)} title={exact(payment.created_us)}>
                  {moment(payment.created_us / 1000)}
                </time>
              </td>
              <td>
                <code class="muted">{payment.id}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
