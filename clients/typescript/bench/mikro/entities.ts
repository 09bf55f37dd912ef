import { EntitySchema } from "@mikro-orm/core";

export interface Customer {
  id: number;
  name: string;
  email: string;
}

export interface Order {
  id: number;
  customer: Customer;
  note: string;
  status?: string;
}

export interface Item {
  id: number;
  order: Order;
  sku: string;
  quantity: number;
  price?: string;
}

type Columns = Readonly<Record<string, { readonly type: string }>>;

/** The shop's entities in tables of these names; those of orders and items may have further columns. */
export function shopEntities(tables: Record<"customer" | "order" | "item", string>, more?: Record<"order" | "item", Columns>) {
  const id = { type: "integer", primary: true, autoincrement: true } as const;
  const customer: EntitySchema<Customer> = new EntitySchema<Customer>({
    name: "Customer",
    tableName: tables.customer,
    properties: { id, name: { type: "text" }, email: { type: "text" } },
  });
  const order: EntitySchema<Order> = new EntitySchema<Order>({
    name: "Order",
    tableName: tables.order,
    properties: {
      id,
      customer: { kind: "m:1", entity: () => customer, fieldName: "customer_id" },
      note: { type: "text" },
      ...more?.order,
    },
  });
  const item: EntitySchema<Item> = new EntitySchema<Item>({
    name: "Item",
    tableName: tables.item,
    properties: {
      id,
      order: { kind: "m:1", entity: () => order, fieldName: "order_id" },
      sku: { type: "text" },
      quantity: { type: "integer" },
      ...more?.item,
    },
  });
  return { customer, order, item };
}
