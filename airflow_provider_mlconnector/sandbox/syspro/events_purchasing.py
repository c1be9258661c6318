"""What can happen to purchase orders and items."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from airflow_provider_mlconnector.sandbox.syspro import documents as d
from airflow_provider_mlconnector.sandbox.syspro.bookkeeping import Bookkeeper, number
from airflow_provider_mlconnector.sandbox.syspro.books import iso
from airflow_provider_mlconnector.sandbox.syspro.columns import Key, Row
from airflow_provider_mlconnector.sandbox.syspro.inventory import clock, stock_code
from airflow_provider_mlconnector.sandbox.syspro.predicates import Compare, Node
from airflow_provider_mlconnector.sandbox.syspro.purchasing import line_values

Touched = tuple[str, Key]


class PurchasingEvents:
    """Orders placed, changed and received, and items.

    Args:
        keeper: posts the receipts.
    """

    def __init__(self, keeper: Bookkeeper) -> None:
        self.keeper, self.company, self.tables = keeper, keeper.company, keeper.tables

    @property
    def _today(self) -> date:
        return self.company.today.date()

    def _pick(self, rng: Random, table: str, node: Node | None = None) -> Row:
        found = list(islice(self.tables[table].hits(node), 500))
        if not found:
            raise KeyError(f"{table} has no row for this event")
        return self.tables[table].row(rng.choice(found))

    def _lines(self, order: str) -> list[Row]:
        table = self.tables["PorMasterDetail"]
        return [table.row(hit) for hit in table.hits(Compare("PurchaseOrder", "eq", order))]

    def _open_order(self, rng: Random, order: str) -> Row:
        if not order:
            return self._pick(rng, "PorMasterHdr", Compare("OrderStatus", "eq", "1"))
        row = self.tables["PorMasterHdr"].get((order,))
        if row is None:
            raise KeyError(f"purchase order {order} is not on file")
        return row

    def new_order(self, rng: Random, n: int = 1, supplier: str = "", lines: int = 2) -> list[Touched]:
        """`n` orders of today with so many stocked lines."""
        touched: list[Touched] = []
        for _ in range(n):
            row = self.tables["ApSupplier"].get((supplier,)) if supplier else self._pick(rng, "ApSupplier")
            if row is None:
                raise KeyError(f"supplier {supplier} is not on file")
            touched.append(("PorMasterHdr", self._place(rng, row, lines)))
        return touched

    def _place(self, rng: Random, supplier: Row, lines: int) -> Key:
        of = d.Supplier(0, "", str(supplier["Currency"]), "10", str(supplier["DefTaxCode"]), "30", "N")
        last = self.tables["PorMasterHdr"].last_key(())
        key = f"{int(str(last[0])) + 1 if last else 1:015d}"
        items = tuple(
            d.OrderLine(
                line,
                rng.randrange(d.STOCKED_ITEMS),
                rng.choice(d.WAREHOUSES),
                rng.randrange(1, 40),
                0,
                Decimal(rng.randrange(1, 60)),
            )
            for line in range(1, lines + 1)
        )
        order = d.Order("open", self._today, self._today + timedelta(days=30), None, items)
        self.tables["PorMasterHdr"].put(
            {
                "PurchaseOrder": key,
                "Supplier": supplier["Supplier"],
                "NextDetailLine": lines + 1,
                "OrderStatus": "1",
                "ActiveFlag": "Y",
                "CancelledFlag": "N",
                "OrderEntryDate": iso(order.ordered),
                "OrderDueDate": iso(order.due),
                "OrderType": "L",
                "Currency": of.currency,
                "TaxStatus": "E",
                "Warehouse": d.WAREHOUSES[0],
                "ExchangeRate": of.rate,
                "MulDiv": "M",
                "Buyer": "JÖRG",
            }
        )
        for item in items:
            self.tables["PorMasterDetail"].put({"PurchaseOrder": key, **line_values(order, item, of)})
        return (key,)

    def changed(self, rng: Random, n: int = 1, order: str = "", line: int = 1, **columns: Any) -> list[Touched]:
        """A line of `n` open orders, or of the one named, gets other `columns` (by default a later due date)."""
        touched: list[Touched] = []
        for _ in range(n):
            key = str(self._open_order(rng, order)["PurchaseOrder"])
            due = {"MLatestDueDate": iso(self._today + timedelta(days=rng.randrange(10, 40)))}
            self.tables["PorMasterDetail"].update((key, line), columns or due)
            touched.append(("PorMasterDetail", (key, line)))
        return touched

    def received(self, rng: Random, n: int = 1, order: str = "") -> list[Touched]:
        """All that is outstanding on `n` open orders, or on the one named, is received today."""
        touched: list[Touched] = []
        for _ in range(n):
            header = self._open_order(rng, order)
            touched.append(("PorMasterHdr", self._receive(header)))
        return touched

    def _receive(self, header: Row) -> Key:
        order, rate = str(header["PurchaseOrder"]), d.RATES[str(header["Currency"])]
        outstanding = [(line, number(line, "MOrderQty") - number(line, "MReceivedQty")) for line in self._lines(order)]
        values = [quantity * number(line, "MForeignPrice") for line, quantity in outstanding]
        charges = [*((d.STOCK, value) for value in values), (d.ACCRUAL, -sum(values, Decimal(0)))]
        grn = f"{self._next_receipt():015d}"
        year, period, journal = self.keeper.post(
            self._today, "GR", charges, rate, reference=grn, supplier=header["Supplier"], currency=header["Currency"]
        )
        for entry, ((line, quantity), value) in enumerate(zip(outstanding, values, strict=True), 1):
            at = {
                "Supplier": header["Supplier"],
                "Journal": journal,
                "JournalEntry": entry,
                "StockCode": line["MStockCode"],
                "Warehouse": line["MWarehouse"],
            }
            self.tables["GrnDetails"].put(
                {
                    **at,
                    **self._receipt_row(header, line, quantity, value),
                    "Grn": grn,
                    "GrnYear": year,
                    "GrnMonth": period,
                    "DeliveryNote": f"DN*{grn[-6:]}",
                }
            )
            self._stock(at, quantity, d.local(value, rate), grn)
            changes = {"MReceivedQty": line["MOrderQty"], "MCompleteFlag": "Y", "MLastReceiptDat": iso(self._today)}
            self.tables["PorMasterDetail"].update((order, line["Line"]), changes)
        self.tables["PorMasterHdr"].update((order,), {"OrderStatus": "9", "DatePoCompleted": iso(self._today)})
        return (order,)

    def _receipt_row(self, header: Row, line: Row, quantity: Decimal, value: Decimal) -> dict[str, object]:
        rate = d.RATES[str(header["Currency"])]
        return {
            "GrnSource": "I",
            "OrigReceiptDate": iso(self._today),
            "DebitRecGlCode": d.STOCK,
            "PurchaseOrder": header["PurchaseOrder"],
            "PurchaseOrderLin": line["Line"],
            "QtyReceived": quantity,
            "QtyUom": "EA",
            "OrigGrnValue": d.local(value, rate),
            "CurGrnValue": d.local(value, rate),
            "GrnMatchedFlag": "N",
            "OrigPurchValue": d.local(value, rate),
            "CurrencyValue": value,
            "PostCurrency": header["Currency"],
            "ConvRate": rate,
        }

    def _next_receipt(self) -> int:
        changed = [int(str(key[1])) for key in self.tables["GrnDetails"].changed_keys()]
        base = self.tables["GrnDetails"].base
        # Every base receipt has a number below that of its order, of which there are more.
        return max([*changed, len(self.tables["PorMasterHdr"].base), len(base)]) + 1

    def _stock(self, at: dict[str, Any], quantity: Decimal, value: Decimal, grn: str) -> None:
        item, warehouse = at["StockCode"], at["Warehouse"]
        row = self.tables["InvWarehouse"].get((item, warehouse))
        if row is not None:
            on_hand = {"QtyOnHand": number(row, "QtyOnHand") + quantity, "DateLastStockMove": iso(self._today)}
            self.tables["InvWarehouse"].update((item, warehouse), on_hand)
        moves, day = self.tables["InvMovements"], self._today
        rank, key = 1, (item, warehouse, day.year, day.month, iso(day))
        while moves.get((*key, clock(rank))) is not None:
            rank += 1
        moves.put(
            {
                **at,
                "TrnYear": day.year,
                "TrnMonth": day.month,
                "EntryDate": iso(day),
                "TrnTime": clock(rank),
                "MovementType": "I",
                "TrnQty": quantity,
                "TrnValue": value,
                "Source": "P",
                "TrnType": "R",
                "Reference": grn,
                "GlCode": d.STOCK,
                "CostValue": value,
            }
        )

    def new_item(self, rng: Random, n: int = 1, stock_code: str = "", **columns: Any) -> list[Touched]:
        """`n` items with a row per warehouse; codes go on after the last one unless `stock_code` names one."""
        touched: list[Touched] = []
        for _ in range(n):
            key = stock_code or self._next_item()
            row = {
                "StockCode": key,
                "Description": f"Neu ~ {rng.randrange(1000)}",
                "StockUom": "EA",
                "DateStkAdded": iso(self._today),
            }
            self.tables["InvMaster"].put(row | columns)
            for warehouse in d.WAREHOUSES:
                self.tables["InvWarehouse"].put({"StockCode": key, "Warehouse": warehouse})
            touched.append(("InvMaster", (key,)))
        return touched

    def _next_item(self) -> str:
        place = len(self.tables["InvMaster"].base)
        while self.tables["InvMaster"].get((stock_code(place),)) is not None:
            place += 1
        return stock_code(place)

    def item_changed(self, rng: Random, stock_code: str = "", **columns: Any) -> list[Touched]:
        """An item's `columns` (by default its description) change."""
        key = (stock_code or self._pick(rng, "InvMaster")["StockCode"],)
        self.tables["InvMaster"].update(key, columns or {"Description": f"Changed ~ {rng.randrange(1000)}"})
        return [("InvMaster", key)]
