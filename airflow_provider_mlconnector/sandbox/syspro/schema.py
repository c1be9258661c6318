"""The tables that the sandbox holds, with their columns and primary keys (SYSPRO sheet 3.3)."""

from __future__ import annotations

from airflow_provider_mlconnector.sandbox.syspro.columns import TableSchema, parse_columns

_PAYABLES = {
    "ApSupplier": (
        "Supplier",
        """Supplier v15, SupplierName v50, SupShortName v20, SupplierType c1, SupplierClass v10, Bank v15, Branch v10,
        Telephone/Fax v20, Contact v50, Area v10, Email v255, UserField1 v15, UserField2 c1, Currency c3,
        CurrentBalance/PyrEndBalance d14.2, LastPurchDate/FirstPurchDate dt, LineDiscCode/InvDiscCode v10,
        TermsCode c2, GrnMatchReqd/LctRequired c1, WithTaxId v30, WithTaxCode c5, MerchGlCode/FreightGlCode v35,
        PurchValMth1..12 d14.2, PurchOrdAllowed c1, Nationality c3, TaxRegnNum v30, BankAccount/BankBranch v50,
        YtdMerchVal d14.2, LastChequeDate dt, LastCheque d15, LastChequeVal d14.2, DateSuppAdded dt,
        OnHold/PayByEft c1, DefTaxCode/DeliveryTerms c3, RemitEmail v255, LanguageCode/State c2, CountyZip c5, City c3,
        PrimarySupplier c1, TimeStamp ts""",
    ),
    "ApSupplierAddr": (
        "Supplier",
        """Supplier v15, SupAddr1..5 v40, SupAddr3Loc v40, SupPostalCode v10, SupAddGpsLat d8.6, SupAddGpsLong d9.6,
        RemitName v50, RemitAddr1..5 v40, RemitAddr3Loc v40, RemitPostalCode v10, FaxRemitContact/ShippingInstrs v50,
        LanguageCode c2, TimeStamp ts""",
    ),
    "ApInvoice": (
        "Supplier Invoice",
        """Supplier v15, Invoice v20, NextPaymEntry d10, JournalDate dt, Journal d10, Branch v10,
        InvoiceDate/DiscountDate/DueDate dt, Reference v30, OrigInvValue/OrigDiscValue d14.2, MthInvBal1..3 d14.2,
        ManualChqDate dt, ManualChqNum d15, DiscActiveFlag/InvoiceStatus c1, Currency c3, Bank v15,
        PaymGrossValue/PaymDiscValue/TaxPortionDisc d14.2, NotificationDate dt, InvoiceYear d4, InvoiceMonth d2,
        YearInvBalZero d4, MonthInvBalZero d2, ExchangeRate d12.6, FirstTaxCode c3, WithTaxValue d14.2,
        WithTaxRate d8.5, CurrencyValue d14.2, PostCurrency c3, ConvRate d12.6, MulDiv c1, AccountCur c3,
        AccConvRate d12.6, AccMulDiv c1, TriangCurrency c3, TriangRate d12.6, TriangMulDiv c1, Tax2Value d14.2,
        VatInvalid c1, EntryNumber d10, PaymentChkType c1, ManualChRef v30, PaymentNumber v15,
        InvoiceTakeOn/FixExchangeRate c1, NextRevalNo d10, TaxReverse/Tax2Reverse c1,
        NationalitySource/NationalityDest c3, AutoVoucherCreated/AutoVoucherPrinted c1, SecondTaxCode/WithTaxCode c3,
        WithTaxExpenseType c1, WithHoldingTaxCode c5, OrigInvRate d12.6, TotalAdjustments d14.2, TimeStamp ts""",
    ),
    "ApInvoicePay": (
        "Supplier Invoice EntryNumber",
        """Supplier v15, Invoice v20, EntryNumber d10, TrnType c1, JournalDate dt, Journal d10, PaymentReference v50,
        TrnValue d14.2, TrnYear d4, TrnMonth d2, PostValue d14.2, PostCurrency c3, PostConvRate d12.6, PostMulDiv c1,
        AccountCur c3, AccountConvRate d12.6, AccountMulDiv c1, TriangCurrency c3, TriangConvRate d12.6,
        TriangMulDiv c1, InvoiceTakeOn c1, PaymentNumber v15, SummaryEntryNumber d10, TimeStamp ts""",
    ),
    "ApJnlSummary": (
        "TrnYear TrnMonth Journal EntryNumber",
        """TrnYear d4, TrnMonth d2, Journal d10, EntryNumber d10, Supplier v15, Invoice v20, TransactionCode c1,
        InvoiceValue d14.2, Currency c3, InvoiceDate dt, Reference v30, TimeStamp ts""",
    ),
    "ApJnlDistrib": (
        "TrnYear TrnMonth Journal EntryNumber SubEntry",
        """TrnYear d4, TrnMonth d2, Journal d10, EntryNumber d10, SubEntry d10, SupplierGlCode v35, TrnDate dt,
        ExpenseGlCode v35, DistrValue d14.2, Reference v30, ExpenseType c1, TimeStamp ts""",
    ),
    "ApControl": ("CtlFlag", "CtlFlag c3, FinYear d4, FinPeriod d2, TimeStamp ts"),
    "ApBranch": ("Branch", "Branch v10, Description v50, ApControlGlCode v35, TimeStamp ts"),
}

_LEDGER = {
    "GenMaster": (
        "Company GlCode",
        """Company c4, GlCode v35, Description v50, ReportIndex1/ReportIndex2 v35, AccountType/ExpenseType c1,
        PtdDrValue/PtdCrValue/CurrentBalance/PrevPerEndBal d14.2, GlGroup v10, ControlAccFlag/AccOnHldFlag c1,
        TaxCode c3, IntegrationMethod c1, AltDescription v50, GlUnitOfMeasure v10, AnalysisRequired c1,
        AnalysisCategory v10, CurrentInd c1, RetEarnsAccount v35, TaxAccount c1, TimeStamp ts""",
    ),
    "GenControl": (
        "Company",
        """Company c4, GlYear d4, GlPeriod d2, CurYrNxtJnl d10, CurYrPrdStat1..15 c1, CurYrPrdEnd1..15 dt,
        PrvYrPrdStat1..15 c1, PrvYrPrdEnd1..15 dt, AuthoriseJournals/NextJnlNoPeriod c1, TimeStamp ts""",
    ),
    "GenTransaction": (
        "Company GlCode GlYear GlPeriod GlLine",
        """Company c4, GlCode v35, GlYear d4, GlPeriod d2, GlLine d10, Source c2, Journal d10, JnlDate dt,
        Reference v50, EntryValue d14.2, Comment v250, TransactionDate dt, SubModJournal d10, SubModInvoiceReg d10,
        SubModArInvoice/SubModApInvoice v20, SubModSupplier/SubModCustomer v15, SubModRef v30, SubModCheck d15,
        SubModBank v15, SubModApBranch v10, TimeStamp ts""",
    ),
    "GenHistory": (
        "Company GlCode GlYear",
        "Company c4, GlCode v35, GlYear d4, BeginYearBalance d14.2, ClosingBalPer1..15 d14.2, TimeStamp ts",
    ),
    "GenJournalCtl": (
        "GlYear GlPeriod GlJournal",
        """GlYear d4, GlPeriod d2, GlJournal d10, JnlPrintFlag c1, JournalDate dt, NumOfEntries d10,
        DebitAmount/CreditAmount d14.2, JnlPostingType/Source c1, Operator v20, JnlStatus c1, Reference v30,
        AuthorisedBy/PostedBy v20, Authorised c1, PostDate dt, Notation v100, JournalSource c2, TimeStamp ts""",
    ),
    "GenJournalDetail": (
        "GlYear GlPeriod Journal EntryNumber",
        """GlYear d4, GlPeriod d2, Journal d10, EntryNumber d10, EntryType c1, EntryValue d14.2, GlCode v35,
        Reference v50, Comment v250, EntryDate dt, EntryPosted/InterCompanyFlag c1, Company c4, CurrencyValue d14.2,
        PostCurrency c3, Type/CommitmentFlag c1, TransactionDate/DocumentDate dt, Source c2, SubModJournal d10,
        SubModApInvoice v20, SubModSupplier v15, SubModRef v30, SubModApBranch v10, AnalysisEntry d10, TimeStamp ts""",
    ),
}

_PURCHASING = {
    "PorMasterHdr": (
        "PurchaseOrder",
        """PurchaseOrder v20, NextDetailLine d4, OrderStatus/ActiveFlag/CancelledFlag c1, Supplier v15,
        OrderEntryDate/OrderDueDate/MemoDate dt, OrderType c1, Customer v15, CustomerPoNumber v30, PaymentTerms c3,
        ShippingInstrs v50, Warehouse v10, DiscPct1..3 d5.2, Currency c3, TaxStatus c1, DatePoCompleted dt,
        ExchangeRate d12.6, MulDiv/ExchRateFixed c1, TermsCode c2, Buyer v20, DeliveryName v50, DeliveryAddr1..5 v40,
        PostalCode v10, ContractNumber v30, Email v255, TimeStamp ts""",
    ),
    "PorMasterDetail": (
        "PurchaseOrder Line",
        """PurchaseOrder v20, Line d4, LineType c1, MStockCode v30, MStockDes v50, MWarehouse v10, MOrderUom v10,
        MOrderQty/MReceivedQty d18.6, MLatestDueDate/MLastReceiptDat dt, MSupCatalogue v50, MDiscPct1..3 d5.2,
        MPrice/MForeignPrice d15.5, MPriceUom v10, MTaxCode c3, MProductClass v20, MCompleteFlag c1, MJob v20,
        MGlCode v35, MRequisition v10, MSalesOrder v20, MOrigDueDate dt, MSubcontractOp d5, NComment v100,
        NMscChargeValue d14.2, AssetFlag c1, CapexCode v15, OrderLineStatus c1, TimeStamp ts""",
    ),
    "GrnDetails": (
        "Supplier Grn GrnSource Journal JournalEntry",
        """Supplier v15, Grn v20, GrnSource c1, Journal d10, JournalEntry d10, OrigReceiptDate dt, DebitRecGlCode v35,
        GrnYear d4, GrnMonth d2, PurchaseOrder v20, PurchaseOrderLin d4, StockCode v30, Warehouse v10,
        QtyReceived d18.6, QtyUom v10, DeliveryNote v20, OrigGrnValue/CurGrnValue/MatchedValue/StdGrnValue d14.2,
        GrnMatchedFlag c1, GrnMatchedYear d4, GrnMatchedMonth d2, OrigPurchValue/CurrencyValue d14.2,
        PostCurrency c3, ConvRate d12.6, MTaxCode c3, TimeStamp ts""",
    ),
    "GrnMatching": (
        "Supplier Grn TransactionType Journal EntryNumber Invoice",
        """Supplier v15, Grn v20, TransactionType c1, Journal d10, EntryNumber d10, Invoice v20, TimeStamp ts""",
    ),
}

_STOCK_AND_SALES = {
    "InvMaster": (
        "StockCode",
        """StockCode v30, Description v50, LongDesc v100, StockUom/AlternateUom/OtherUom v10, Mass/Volume d18.6,
        Supplier v15, ProductClass v20, TaxCode c3, PriceCategory c1, Buyer v20, LeadTime d10, StockOnHold c1,
        DateStkAdded dt, TimeStamp ts""",
    ),
    "InvWarehouse": (
        "StockCode Warehouse",
        """StockCode v30, Warehouse v10, QtyOnHand/QtyAllocated/QtyOnOrder/QtyOnBackOrder/QtyInTransit d18.6,
        QtyInInspection/MinimumQty/MaximumQty d18.6, UnitCost/LastCostEntered d15.5, DefaultBin v20,
        DateLastStockMove dt, TimeStamp ts""",
    ),
    "InvMovements": (
        "StockCode Warehouse TrnYear TrnMonth EntryDate TrnTime",
        """StockCode v30, Warehouse v10, TrnYear d4, TrnMonth d2, EntryDate dt, TrnTime d8, MovementType c1,
        TrnQty d18.6, TrnValue d14.2, Source c1, Job v20, Journal d10, JournalEntry d10, TrnType c1, Reference v30,
        UnitCost d15.5, Bin v20, Supplier v15, GlCode v35, SalesOrder v20, Invoice v20, Customer v15,
        CostValue d14.2, LotSerial v50, TimeStamp ts""",
    ),
    "ArCustomer": (
        "Customer",
        """Customer v15, Name v50, ShortName v20, CreditStatus c1, CreditLimit d12, CustomerClass v10, Branch v10,
        TermsCode c2, TaxStatus c1, Currency c3, DateLastSale dt, SoldToAddr1..5 v40, Contact v50, Email v255,
        TimeStamp ts""",
    ),
    "TblCurrency": (
        "Currency",
        "Currency c3, Description v50, BuyExchangeRate/SellExchangeRate d12.6, BuyMulDiv/SellMulDiv c1, TimeStamp ts",
    ),
    "AdmTax": (
        "TaxCode",
        """TaxCode c3, Description v50, CurTaxRate/PrvTaxRate d8.5, TaxEffDate dt, ApTaxGlCode/GlTaxGlCode v35,
        TimeStamp ts""",
    ),
}

SCHEMAS: dict[str, TableSchema] = {
    name: TableSchema(name, parse_columns(spec), tuple(key.split()))
    for name, (key, spec) in (_PAYABLES | _LEDGER | _PURCHASING | _STOCK_AND_SALES).items()
}
