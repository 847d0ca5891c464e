"""The elements that ODM has, in its versions 1.3 and 2.0."""

ODM_2 = "http://www.cdisc.org/ns/odm/v2.0"
TYPED = (
    *("Any", "Base64Binary", "Base64Float", "Boolean", "Date", "Datetime", "Double", "DurationDatetime", "Float"),
    *("HexBinary", "HexFloat", "IncompleteDate", "IncompleteDatetime", "IncompleteTime", "Integer"),
    *("IntervalDatetime", "PartialDate", "PartialDatetime", "PartialTime", "String", "Time", "URI"),
)
VALUES = frozenset({"ItemData", *(f"ItemData{kind}" for kind in TYPED)})
# Value is ODM 2.0's, and some files of 1.3 have it.
KNOWN = VALUES | frozenset(
    {
        *("Address", "AdminData", "Alias", "Annotation", "Annotations", "ArchiveLayout", "ArchiveLayoutRef"),
        *("Association", "AuditRecord", "AuditRecords", "BasicDefinitions", "Certificate", "CheckValue", "City"),
        *("ClinicalData", "CodeList", "CodeListItem", "CodeListRef", "Comment", "ConditionDef", "Country"),
        *("CryptoBindingManifest", "DateTimeStamp", "Decode", "Description", "DisplayName", "Email"),
        *("EnumeratedItem", "ErrorMessage", "ExternalCodeList", "ExternalQuestion", "Fax", "FirstName", "Flag"),
        *("FlagType", "FlagValue", "FormData", "FormDef", "FormRef", "FormalExpression", "FullName"),
        *("GlobalVariables", "ImputationMethod", "Include", "InvestigatorRef", "ItemDef", "ItemGroupData"),
        *("ItemGroupDef", "ItemGroupRef", "ItemRef", "KeySet", "LastName", "LegalReason", "Location", "LocationRef"),
        *("LoginName", "Meaning", "MeasurementUnit", "MeasurementUnitRef", "MetaDataVersion", "MetaDataVersionRef"),
        *("MethodDef", "ODM", "Organization", "OtherText", "Pager", "Phone", "Picture", "PostalCode", "Presentation"),
        *("Protocol", "ProtocolName", "Question", "RangeCheck", "ReasonForChange", "ReferenceData", "Role"),
        *("Signature", "SignatureDef", "SignatureRef", "Signatures", "SiteRef", "SourceID", "StateProv"),
        *("StreetName", "Study", "StudyDescription", "StudyEventData", "StudyEventDef", "StudyEventRef", "StudyName"),
        *("SubjectData", "Symbol", "TranslatedText", "User", "UserRef", "Value"),
    }
)
KNOWN_2 = frozenset(
    {
        *("AbsoluteTimingConstraint", "Address", "AdminData", "Alias", "AnnotatedCRF", "Annotation", "Arm"),
        *("Association", "AuditRecord", "Branching", "CDISCNotes", "CRFCompletionInstructions", "CheckValue", "City"),
        *("Class", "ClinicalData", "Code", "CodeList", "CodeListItem", "CodeListRef", "Coding", "Comment"),
        *("CommentDef", "ConditionDef", "Country", "Criterion", "DateTimeStamp", "Decode", "DefaultTransition"),
        *("Definition", "Description", "DocumentRef", "DurationTimingConstraint", "Epoch", "ErrorMessage"),
        *("ExclusionCriteria", "ExternalCodeLib", "FamilyName", "Flag", "FlagType", "FlagValue", "FormalExpression"),
        *("FullName", "GeoPosition", "GivenName", "HouseNumber", "Image", "ImplementationNotes", "Include"),
        *("InclusionCriteria", "InclusionExclusionCriteria", "IntercurrentEvent", "InvestigatorRef", "ItemData"),
        *("ItemDef", "ItemGroupData", "ItemGroupDef", "ItemGroupRef", "ItemRef", "KeySet", "Leaf", "LegalReason"),
        *("Location", "LocationRef", "Meaning", "MetaDataVersion", "MetaDataVersionRef", "MethodDef"),
        *("MethodSignature", "ODM", "Organization", "Origin", "OtherText", "PDFPageRef", "Parameter"),
        *("ParameterValue", "PostalCode", "Prefix", "Prompt", "Protocol", "Query", "Question", "RangeCheck"),
        *("ReasonForChange", "ReferenceData", "RelativeTimingConstraint", "Resource", "ReturnValue", "Selection"),
        *("Signature", "SignatureDef", "SignatureRef", "SiteRef", "SourceID", "SourceItem", "SourceItems"),
        *("Standard", "Standards", "StateProv", "StreetName", "Study", "StudyEndPoint", "StudyEndPointRef"),
        *("StudyEndPoints", "StudyEstimand", "StudyEstimands", "StudyEventData", "StudyEventDef"),
        *("StudyEventGroupDef", "StudyEventGroupRef", "StudyEventRef", "StudyIndication", "StudyIndications"),
        *("StudyIntervention", "StudyInterventionRef", "StudyInterventions", "StudyObjective", "StudyObjectives"),
        *("StudyParameter", "StudyStructure", "StudySummary", "StudyTargetPopulation", "StudyTargetPopulationRef"),
        *("StudyTiming", "StudyTimings", "SubClass", "SubjectData", "Suffix", "SummaryMeasure", "SupplementalDoc"),
        *("TargetTransition", "Telecom", "Title", "Transition", "TransitionTimingConstraint", "TranslatedText"),
        *("TrialPhase", "User", "UserName", "UserRef", "Value", "ValueListDef", "ValueListRef", "WhereClauseDef"),
        *("WhereClauseRef", "WorkflowDef", "WorkflowEnd", "WorkflowRef", "WorkflowStart"),
    }
)
# By namespace; files of 1.3 without one occur.
KNOWN_IN = {
    "http://www.cdisc.org/ns/odm/v1.3": KNOWN,
    "http://www.cdisc.org/ns/odm/v1.2": KNOWN,
    "": KNOWN | KNOWN_2,
    ODM_2: KNOWN_2,
}
